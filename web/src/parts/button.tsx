// The one button, in four weights, and a link that looks like it.

import type { ComponentProps, ReactNode } from 'react';
import { Link } from 'wouter';

type Variant = 'primary' | 'plain' | 'quiet' | 'danger';

interface ButtonProps extends ComponentProps<'button'> {
  variant?: Variant;
  wide?: boolean;
  small?: boolean;
  /** Under way: pressing again does nothing, and the focus stays. */
  pending?: boolean;
}

export function Button({
  variant = 'plain',
  wide = false,
  small = false,
  pending = false,
  type = 'button',
  className = '',
  ...rest
}: ButtonProps) {
  const classes = classesOf(variant, { wide, small, pending }, className);
  return <button type={type} className={classes} aria-disabled={pending || undefined} {...rest} />;
}

interface ButtonLinkProps {
  href: string;
  variant?: Variant;
  small?: boolean;
  children: ReactNode;
  'aria-label'?: string;
  onMouseEnter?: () => void;
  onFocus?: () => void;
}

export function ButtonLink({ href, variant = 'plain', small = false, children, ...rest }: ButtonLinkProps) {
  return (
    <Link href={href} className={classesOf(variant, { small }, '')} {...rest}>
      {children}
    </Link>
  );
}

function classesOf(variant: Variant, flags: Record<string, boolean>, more: string): string {
  const on = Object.keys(flags).filter((flag) => flags[flag]);
  return ['button', `button-${variant}`, ...on.map((flag) => `button-${flag}`), more]
    .filter(Boolean)
    .join(' ');
}
