export default function ExplorerPage(_: { resource: string | undefined }) {
  return null;
}
