/**
 * Arguments of Node.js that let a debugger attach to the sidecar: `ZIPAR_SIDECAR_INSPECT=PORT`. A debugger can run any code in
 * the process, so an installed extension never opens that port.
 *
 * @param isDevelopment whether VS Code runs this extension from a checkout
 * @returns no arguments unless the port is 1..65535
 */
export function sidecarDebugArguments(
  isDevelopment: boolean,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const port = Number(env.ZIPAR_SIDECAR_INSPECT);
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65535;
  return isDevelopment && isPort ? [`--inspect=127.0.0.1:${port}`] : [];
}
