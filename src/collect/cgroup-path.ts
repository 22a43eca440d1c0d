/** Path of a cgroup's file on this node; `undefined` if there is no hierarchy that has it. */
export type PathOf = (controller: string, cgroup: string, file: string) => string | undefined;
