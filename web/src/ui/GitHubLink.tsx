// The way to the same thing on GitHub.
import clsx from "clsx";
import { ExternalLink as ExternalIcon } from "lucide-react";
import { githubUrl } from "../webAddress";
import { buttonClass, ExternalLink } from "./Button";

/** Leads to `address`, a place in `repository`; nothing where GitHub gave none, or one that is none. */
export function GitHubLink({
  address,
  repository,
  className,
}: {
  address: string | null | undefined;
  repository: string;
  className?: string;
}) {
  const href = githubUrl(address, repository);
  if (!href) return null;
  return (
    <ExternalLink href={href} className={clsx(buttonClass(), className)}>
      GitHub <ExternalIcon aria-hidden size={13} />
    </ExternalLink>
  );
}
