/// The byte between the paths of a list.
public enum ListSeparator: UInt8, Sendable {
  case newline = 0x0A
  case nul = 0
}
