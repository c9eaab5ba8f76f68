/** Where a model runs in this browser, and in which type. */
export async function choose() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return { device: "wasm", dtype: "q8" };
  const half = adapter.features.has("shader-f16");
  return { device: "webgpu", dtype: half ? "q4f16" : "q4" };
}
