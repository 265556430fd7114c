/// Adds colours and bold type on a terminal that shows them, and nothing elsewhere.
struct TextStyle {
  let isEnabled: Bool

  func bold(_ text: String) -> String { wrapped(text, code: "1") }
  func dim(_ text: String) -> String { wrapped(text, code: "2") }
  func green(_ text: String) -> String { wrapped(text, code: "32") }

  private func wrapped(_ text: String, code: String) -> String {
    isEnabled ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
