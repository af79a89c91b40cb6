// The two looks of a button, and links that look like one.
import clsx from "clsx";
import type { AnchorHTMLAttributes, ButtonHTMLAttributes } from "react";

/** Classes shared by real buttons and links dressed as buttons. */
export function buttonClass(variant: "primary" | "plain" | "quiet" = "plain"): string {
  return clsx(
    "inline-flex h-8 items-center justify-center gap-1.5 rounded-md px-2.5 text-sm font-medium whitespace-nowrap no-underline hover:no-underline",
    variant === "primary" && "bg-accent text-on-accent hover:opacity-90",
    variant === "plain" && "border border-line bg-panel text-text hover:bg-raised",
    variant === "quiet" && "text-muted hover:bg-raised hover:text-text",
    "disabled:opacity-60 aria-disabled:opacity-60",
  );
}

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { variant?: "primary" | "plain" | "quiet" };

/** A button; without `type` it never submits a form. */
export function Button({ variant, className, type = "button", ...rest }: ButtonProps) {
  return <button type={type} className={clsx(buttonClass(variant), className)} {...rest} />;
}

type ExternalLinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { href: string };

/** A link that leaves the application, in its own tab and without a referrer. */
export function ExternalLink({ children, ...rest }: ExternalLinkProps) {
  return (
    <a target="_blank" rel="noopener noreferrer" {...rest}>
      {children}
    </a>
  );
}
