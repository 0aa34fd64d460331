/**
 * The stable `code` of every HTTP error (RFC 9457 problem details) and of every failed feed command, with the HTTP
 * status it travels with and what the caller should do.
 */
export const ERROR_CODES = {
  token_missing: { status: 401, cure: 'Send `Authorization: Bearer` with a token from `POST /v1/token`.' },
  token_invalid: { status: 401, cure: 'Fetch a new token.' },
  token_expired: { status: 401, cure: 'Fetch a new token.' },
  token_not_bound: { status: 401, cure: 'Use the token with the certificate it was issued for.' },
  certificate_malformed: { status: 401, cure: 'Use a certificate issued for a device by this service.' },
  certificate_wrong_usage: { status: 401, cure: 'Use a certificate for client authentication only.' },
  certificate_unknown: { status: 401, cure: 'Register the device: `npm run device -- issue`.' },
  certificate_superseded: { status: 401, cure: 'Use the newer certificate of the device.' },
  certificate_revoked: { status: 401, cure: 'The certificate is not to come back: issue another.' },
  certificate_not_yet_valid: { status: 401, cure: 'Check the clock, or wait.' },
  certificate_expired: { status: 401, cure: 'Issue a new certificate for the device.' },
  device_suspended: { status: 403, cure: 'An admin must resume the device.' },
  device_revoked: { status: 403, cure: 'The device is not to come back.' },
  clinician_unknown: { status: 401, cure: 'An admin must add the person: `npm run clinician -- add`.' },
  clinician_inactive: { status: 403, cure: 'An admin must activate the person again.' },
  identity_provider_unavailable: {
    status: 503,
    cure: 'Try again with the same token; tokens of this service are not affected.',
  },
  role_forbidden: { status: 403, cure: 'The role of the caller does not allow this.' },
  patient_forbidden: { status: 403, cure: "The patient is outside the caller's wards and patients." },
  ward_forbidden: { status: 403, cure: "The ward is outside the caller's wards." },
  not_found: { status: 404, cure: 'Check the path and the id.' },
  alarm_not_found: { status: 404, cure: 'Check the id of the alarm.' },
  alarm_not_live: { status: 409, cure: 'The alarm is over, or acknowledged already.' },
  already_in_scope: { status: 409, cure: 'Nothing is needed: the patient is in your scope.' },
  too_many_shelves: { status: 409, cure: 'Take an alarm of the patient off the shelf first.' },
  limits_invalid: { status: 422, cure: 'Change what `detail` names; nothing was changed.' },
  invalid_request: { status: 400, cure: 'Correct the field named in `detail`.' },
  unsupported_grant_type: { status: 400, cure: 'Send `grant_type=client_credentials`.' },
  request_malformed: { status: 400, cure: 'Send a PKCS#10 request in base64 (RFC 7030 4.2.1).' },
  request_not_signed_by_its_key: {
    status: 400,
    cure: 'Sign the request with the private key it asks a certificate for, with SHA-256 or longer.',
  },
  request_key_unsupported: { status: 400, cure: 'Use a P-256 key, or RSA of 3072 to 4096 bits.' },
  request_names_another: { status: 400, cure: 'Name the device itself in the request, or nobody.' },
  key_of_another_device: { status: 403, cure: 'Make a key for this device alone, and ask again with it.' },
  key_revoked: { status: 403, cure: 'Make a new key, and ask again with it.' },
  subprotocol_required: { status: 400, cure: 'Offer a sub-protocol of this listener.' },
  upgrade_required: { status: 426, cure: 'Open this path as a WebSocket.' },
  payload_too_large: { status: 413, cure: 'Send less at once.' },
  unsupported_media_type: { status: 415, cure: 'Send the content type of the route.' },
  rate_exceeded: { status: 429, cure: 'Stay away for the seconds in `Retry-After`, then come back.' },
  renewals_exceeded: {
    status: 429,
    cure: 'Use the last certificate you were given, or come back after `Retry-After`.',
  },
  internal_error: { status: 500, cure: 'Report it with the time.' },
  store_unavailable: { status: 503, cure: 'Try again; live data and alarms are not affected.' },
  renewal_unavailable: {
    status: 503,
    cure: 'The present certificate goes on until it ends: try again, or have an admin renew it.',
  },
  overloaded: { status: 503, cure: 'The server is stopping: come back with jitter.' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly cure: string }>>;

export type ErrorCode = keyof typeof ERROR_CODES;
