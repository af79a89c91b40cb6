// Comma and tab separated values as a table.
export { TableView } from "./TableView";
