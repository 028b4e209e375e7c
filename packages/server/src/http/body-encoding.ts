import { type IncomingHttpHeaders } from 'node:http';
import { LandlordError } from '@landlord/kernel';

const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** Throws `unsupported_media_type` for a body that is compressed, or in another character set than UTF-8. */
export function refuseForeignEncoding(headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity')
    throw unsupported('Send the body as it is: no Content-Encoding is taken but identity');
  const charset = CHARSET.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8')
    throw unsupported('Send the body as UTF-8: no charset is taken but utf-8');
}

function unsupported(message: string): LandlordError {
  return new LandlordError('unsupported_media_type', message);
}
