/** Content of a kubeconfig file with one cluster and one user who has a token. */
export function kubeconfig(server: string, token: string): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: stand-in
    cluster:
      server: ${server}
users:
  - name: exporter
    user:
      token: ${token}
contexts:
  - name: stand-in
    context:
      cluster: stand-in
      user: exporter
current-context: stand-in
`;
}
