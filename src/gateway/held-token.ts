import { IdentityError } from '../identity/identity-error.ts';

/** What a token verified as, null when it was refused; any other failure is the server's own and is thrown. */
export async function heldToken<Verified>(verification: Promise<Verified>): Promise<Verified | null> {
  try {
    return await verification;
  } catch (error) {
    if (error instanceof IdentityError) return null;
    throw error;
  }
}
