/** How objects are printed: `no` and `1:30` in quotes, since Kubernetes reads YAML 1.1, in which they are no texts. */
export const YAML_FORM = { aliasDuplicateObjects: false, lineWidth: 0, compat: "yaml-1.1" } as const;
