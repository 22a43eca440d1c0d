/** What is known about a container outside of pods. Immutable: a change makes another record. */
export interface OutsideRecord {
  readonly id: string;
  /** In its engine; this and all that follows is absent if no engine reports the container. */
  readonly name?: string;
  readonly image?: string;
  /** Digest of the image's configuration, as `sha256:…`. */
  readonly imageId?: string;
  /** The engine: `docker` or `podman`. */
  readonly runtime?: string;
  readonly composeProject?: string;
  readonly composeService?: string;
  /** Unix seconds. */
  readonly createdAt?: number;
  /** Labels on the allow-list, with the keys that the engine has. */
  readonly labels: Readonly<Record<string, string>>;
}
