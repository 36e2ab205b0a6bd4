import { Skeleton } from "@mantine/core";

import classes from "./Customer.module.css";

/** The shape of the pop while it is on its way: same sizes, so that nothing jumps when it comes. */
export function Skeletons({ label }: { label: string }) {
  return (
    <div className={classes.column} aria-busy="true" role="status" aria-label={label}>
      <div className={classes.id}>
        <Skeleton circle height={44} />
        <div>
          <Skeleton height={20} width="60%" mt={4} />
          <Skeleton height={12} width="80%" mt={8} />
          <Skeleton height={12} width="50%" mt={8} />
        </div>
      </div>
      <Skeleton height={132} radius={10} mx={16} my={12} w="auto" />
      {[0, 1, 2, 3].map((row) => (
        <Skeleton key={row} height={36} mx={16} mt={12} w="auto" />
      ))}
    </div>
  );
}
