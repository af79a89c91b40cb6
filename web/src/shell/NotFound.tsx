// The page for addresses that lead nowhere.
import { Link } from "@tanstack/react-router";
import { MapPinOff } from "lucide-react";
import { buttonClass, EmptyState } from "../ui";
import { usePageTitle } from "./usePageTitle";

/** A tidy 404; `what` names the missing thing. */
export function NotFound({ what = "page" }: { what?: string }) {
  usePageTitle("Not found");
  return (
    <>
      <h1 className="sr-only">Not found</h1>
      <EmptyState
        icon={MapPinOff}
        title={`This ${what} does not exist`}
        action={
          <Link to="/" className={buttonClass("primary")}>
            To the workflows
          </Link>
        }
      >
        It may never have been mirrored, or the address is incomplete.
      </EmptyState>
    </>
  );
}
