const DIGITS = 6;

/** `INV-ACME-CORP-000001`: without a gap within a tenant; tenant codes are lower case, so no two tenants share one. */
export function invoiceNumber(tenantCode: string, count: number): string {
  return `INV-${tenantCode.toUpperCase()}-${String(count).padStart(DIGITS, '0')}`;
}

export function isInvoiceNumber(tenantCode: string, text: string): boolean {
  const count = /-([0-9]{6,15})$/.exec(text)?.[1];
  return count !== undefined && text === invoiceNumber(tenantCode, Number(count));
}
