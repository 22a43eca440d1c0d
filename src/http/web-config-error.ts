/** An invalid web configuration. The message is one line, names the field and quotes no value. */
export class WebConfigError extends Error {
  override readonly name = 'WebConfigError';
}
