/** A model's bytes, or an error that names the address and what came. */
export async function fetchModel(address) {
  const response = await fetch(address);
  const kind = response.headers.get("content-type") ?? "no type";
  if (!response.ok || kind.startsWith("text/html")) {
    throw new Error(`${response.url}: ${response.status}, ${kind}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}
