/** Name of the file in a model folder that describes the weights. */
export const MANIFEST_FILE = 'zipar-model.json';
