// Fetches, decodes and compares two pictures away from the page.
import { comparePixels, type Pixels } from "./compare";
import { MAX_COMPARED_PIXELS } from "./header";
import type { CompareAnswer, CompareQuestion } from "./usePixelDiff";

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<CompareQuestion>) => void) | null;
  postMessage(message: CompareAnswer, transfer: Transferable[]): void;
};

scope.onmessage = async ({ data: { expectedUrl, actualUrl } }) => {
  try {
    const [expected, actual] = await Promise.all([pixelsAt(expectedUrl), pixelsAt(actualUrl)]);
    const { drawn, ...found } = comparePixels(expected, actual);
    const picture = await createImageBitmap(new ImageData(drawn, found.width, found.height));
    scope.postMessage({ found: { ...found, picture } }, [picture]);
  } catch (error) {
    scope.postMessage({ problem: error instanceof Error ? error.message : String(error) }, []);
  }
};

async function pixelsAt(url: string): Promise<Pixels> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the server answered with status ${answer.status}`);
  const bitmap = await createImageBitmap(await answer.blob(), {
    // Compared is what the file holds, not what this screen makes of it.
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  const { width, height } = bitmap;
  if (width * height > MAX_COMPARED_PIXELS) throw new Error("there are too many pixels to compare");
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser cannot read pixels");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}
