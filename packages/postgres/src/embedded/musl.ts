/** Whether Node.js itself runs on musl, by its own report. */
export function isMusl(platform: string = process.platform, report: unknown = nodeReport()): boolean {
  if (platform !== 'linux') return false;
  if (typeof report !== 'object' || report === null || !('header' in report)) return false;
  const { header } = report;
  return typeof header === 'object' && header !== null && !('glibcVersionRuntime' in header);
}

function nodeReport(): unknown {
  return process.report?.getReport();
}
