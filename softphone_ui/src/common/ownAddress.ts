/** Under which address other people's browsers find this installation. */

const ONLY_HERE = /^(localhost|127\..*|\[::1\])$/;

/** Whether this page is open under an address that only this computer reaches. */
export const onlyHere = (): boolean => ONLY_HERE.test(location.hostname);

/** `told`: by the server. What this page is open under reaches others too, unless it is this computer's own. */
export const addressForOthers = (told: string | undefined): string => (onlyHere() && told !== undefined ? told : location.origin);
