/** What the sidecar and its clients say to each other. This folder imports nothing from outside itself. */
export * from './messages';
export * from './parse-messages';
export * from './frames';
export * from './webview-messages';
export * from './add-model';
