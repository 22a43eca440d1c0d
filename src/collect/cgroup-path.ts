/** Path of a cgroup's file on this node; `undefined` if no mounted hierarchy has it. */
export type PathOf = (controller: string, cgroup: string, file: string) => string | undefined;
