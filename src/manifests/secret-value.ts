/** Values that are secrets by the name of their variable, though they stand in the open. Pure. */
const SECRET_NAME = /(password|passwd|secret|token|api_?key|private_?key)$/i;
/** Of a switch that is called after one. */
const NO_SECRET = /^(|[01]|true|false|yes|no|on|off)$/i;

export const isSecretValue = (name: string, value: string): boolean => SECRET_NAME.test(name) && !NO_SECRET.test(value);
