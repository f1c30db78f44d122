const TRUE = ['1', 'ON', 'YES', 'TRUE'];

/** Whether a variable of the environment has a value that huggingface_hub takes for true. */
export function isFlagSet(value: string | undefined): boolean {
  return value !== undefined && TRUE.includes(value.trim().toUpperCase());
}
