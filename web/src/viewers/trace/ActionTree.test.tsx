import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { TraceAction } from "../archive/queries";
import { ActionTree } from "./ActionTree";
import { rowsOf, visibleRows } from "./model";

function action(title: string, startMs: number, more: Partial<TraceAction> = {}): TraceAction {
  return {
    title,
    call: title,
    startMs,
    endMs: startMs + 10,
    parameters: [],
    stack: [],
    log: [],
    attachments: [],
    ...more,
  };
}

const rows = rowsOf([
  action("buy", 0, { error: { message: "no" } }),
  action("Click <b>", 5, { parent: 0, error: { message: "no" }, selector: 'internal:role=button[name="Buy"i]' }),
  action("done", 20, { endMs: null }),
]);

function show(shut = new Set<number>(), chosen = 1) {
  const onChoose = vi.fn();
  const onToggle = vi.fn();
  render(
    <ActionTree
      rows={visibleRows(rows, shut)}
      shut={shut}
      chosen={chosen}
      durationMs={40}
      onChoose={onChoose}
      onToggle={onToggle}
    />,
  );
  return { onChoose, onToggle, tree: screen.getByRole("tree", { name: "Actions" }) };
}

it("names every action, and says which failed, what was chosen and how deep it lies", () => {
  const { tree } = show();
  const items = screen.getAllByRole("treeitem");
  const said = items.map((item) => item.textContent ?? "");
  expect(said[0]).toMatch(/^buy, failed.*10 ms$/);
  expect(said[1]).toMatch(/^Click <b>, failed.*10 ms$/);
  expect(said[2]).toBe("donenot ended");
  expect(items.map((item) => item.getAttribute("aria-level"))).toEqual(["1", "2", "1"]);
  expect(items.map((item) => item.getAttribute("aria-selected"))).toEqual(["false", "true", "false"]);
  expect(items[0]?.getAttribute("aria-expanded")).toBe("true");
  expect(tree.getAttribute("aria-activedescendant")).toBe(items[1]?.id);
  expect(screen.getByText("getByRole('button', { name: 'Buy' })")).toBeTruthy();
});

it("moves with the arrow keys, and opens and shuts", () => {
  const { tree, onChoose, onToggle } = show();
  fireEvent.keyDown(tree, { key: "ArrowDown" });
  expect(onChoose).toHaveBeenLastCalledWith(2);
  fireEvent.keyDown(tree, { key: "ArrowUp" });
  expect(onChoose).toHaveBeenLastCalledWith(0);
  fireEvent.keyDown(tree, { key: "ArrowLeft" });
  expect(onChoose).toHaveBeenLastCalledWith(0);
  fireEvent.keyDown(tree, { key: "x" });
  expect(onChoose).toHaveBeenCalledTimes(3);
  expect(onToggle).not.toHaveBeenCalled();
});

it("hides what is inside something shut, which the right arrow opens", () => {
  const { tree, onToggle } = show(new Set([0]), 0);
  expect(screen.getAllByRole("treeitem")).toHaveLength(2);
  fireEvent.keyDown(tree, { key: "ArrowRight" });
  expect(onToggle).toHaveBeenCalledWith(0);
});
