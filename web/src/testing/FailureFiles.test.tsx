import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { TestAttachment } from "../api/types";
import { ImageSets } from "./FailureFiles";

// What a comparison draws is tested where it is; here it says what it was given.
vi.mock("../viewers/pair", () => ({
  ImagePair: ({ ids }: { ids: Record<string, string | undefined> }) => <output>{JSON.stringify(ids)}</output>,
}));
afterEach(() => vi.unstubAllGlobals());

const picture = (fileId: string): TestAttachment => ({
  name: "front.png",
  path: "front.png",
  mediaType: "image/png",
  fileId,
  url: `/api/files/${fileId}/content`,
});

function show(images: Record<string, TestAttachment>): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(new URL(request.url).pathname);
    return Response.json({ run: null, file: { id: "4.7" } });
  });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ImageSets sets={[{ name: "front", images }]} comparing={{ mode: undefined, onMode: () => {} }} />
    </QueryClientProvider>,
  );
  return asked;
}

it("a failed comparison has the picture of the last green run beside it", async () => {
  const asked = show({ expected: picture("9.1"), actual: picture("9.2") });
  expect(await screen.findByText(/"previous":"4\.7"/)).toBeTruthy();
  expect(screen.getByText(/"expected":"9\.1","actual":"9\.2"/)).toBeTruthy();
  expect(asked).toEqual(["/api/files/9.2/last-green"]);
});

it("a comparison without the picture that was taken asks for none", async () => {
  const asked = show({ expected: picture("9.1"), diff: picture("9.3") });
  expect(await screen.findByText(/"expected":"9\.1"/)).toBeTruthy();
  expect(asked).toEqual([]);
});
