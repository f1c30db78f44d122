/** What the sidecar and its clients say to each other. This folder imports nothing from other folders. */
export * from './messages';
export * from './parse-messages';
export * from './frames';
export { FrameError } from './frame-bytes';
export { changesSince, withChanges, type SnapshotChanges } from './snapshot-changes';
export { UNDECIDED, type Snapshot } from './snapshot-frame';
export * from './cell-tracks';
export * from './step-events';
export * from './page-sign';
export * from './webview-messages';
export * from './comparison-messages';
export * from './add-model';
export * from './decoders';
export * from './saved-percent';
export * from './time-left';
export * from './picture-tool';
export * from './sentence';
