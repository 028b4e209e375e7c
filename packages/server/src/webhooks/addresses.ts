import ipaddr from 'ipaddr.js';

export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

const PUBLIC = 'unicast';
/** All that is routed of IPv6; outside of it are loopback, mapped, compatible, translated and local addresses. */
const GLOBAL_IPV6: Network = ipaddr.parseCIDR('2000::/3');
/** Public by its range, but every machine of that cloud is answered there by the cloud itself. */
const METADATA: readonly Network[] = [ipaddr.parseCIDR('168.63.129.16/32')];

/** Such as `10.0.0.0/8`; a single address is a network of one. Null when it is none. */
export function parseNetwork(text: string): Network | null {
  const [base = '', bits, ...rest] = text.split('/');
  const address = parseAddress(base);
  if (!address || rest.length > 0) return null;
  const longest = address.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [address, longest];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= longest ? [address, Number(bits)] : null;
}

/** Which addresses may be asked: public ones, and those of the networks that the configuration allows. */
export class AddressPolicy {
  constructor(private readonly allowed: readonly Network[]) {}

  get allowsSome(): boolean {
    return this.allowed.length > 0;
  }

  /** Of the configuration, whether public or not. */
  isAllowed(text: string): boolean {
    const address = parseAddress(text);
    return address !== null && isWithin(address, this.allowed);
  }

  isPublic(text: string): boolean {
    const address = parseAddress(text);
    if (!address || address.range() !== PUBLIC || isWithin(address, METADATA)) return false;
    return address.kind() === 'ipv4' || isWithin(address, [GLOBAL_IPV6]);
  }
}

/** Only as the system writes addresses: four decimal parts, or IPv6. */
function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
  return isAddress ? ipaddr.parse(text) : null;
}

/** An IPv4 address that is mapped into IPv6 is of no network of IPv4. */
function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, networks: readonly Network[]): boolean {
  return networks.some(
    ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
  );
}
