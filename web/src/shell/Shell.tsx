// The frame around every page.
import { Outlet, useRouterState } from "@tanstack/react-router";
import { useRef } from "react";
import { Toasts } from "../toast";
import { Banners } from "./Banners";
import { Header } from "./Header";
import { HelpDialog } from "./HelpDialog";
import { useShortcuts } from "./useShortcuts";

/** Header, banners, page, messages. */
export function Shell() {
  const help = useRef<HTMLDialogElement>(null);
  useShortcuts(help);
  // A wall screen has nobody to press its controls.
  const isWall = useRouterState({ select: ({ location }) => location.pathname === "/" && "kiosk" in location.search });
  return (
    <div className="flex min-h-screen flex-col">
      {!isWall && (
        <>
          <a
            href="#main"
            className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-panel focus:px-3 focus:py-2"
          >
            Skip to content
          </a>
          <Header onHelp={() => help.current?.showModal()} />
          <Banners />
        </>
      )}
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-[1440px] flex-1 px-4 py-4 outline-none">
        <Outlet />
      </main>
      <Toasts />
      <HelpDialog dialog={help} />
    </div>
  );
}
