import JSON

extension JSONValue {
  /// The value as JSON that may stand inside a `<script>` element of an HTML page.
  ///
  /// There, `</script` would end the element and `<!--` would change how the rest is read, so that
  /// `<` and `>` are escaped. They occur inside of strings only. U+2028 and U+2029, which are line
  /// breaks in older JavaScript, are escaped, too.
  var scriptText: String {
    replacingScalars(of: compactText) { scalar in
      switch scalar {
      case "<": "\\u003c"
      case ">": "\\u003e"
      case "&": "\\u0026"
      case "\u{2028}": "\\u2028"
      case "\u{2029}": "\\u2029"
      default: nil
      }
    }
  }
}

/// The text with what is special in HTML replaced by character references, for the contents of an
/// element or an attribute in double quotes.
func htmlText(_ text: String) -> String {
  replacingScalars(of: text) { scalar in
    switch scalar {
    case "&": "&amp;"
    case "<": "&lt;"
    case ">": "&gt;"
    case "\"": "&quot;"
    case "'": "&#39;"
    default: nil
    }
  }
}

/// The text with those scalars replaced for which `replacement` has a text.
private func replacingScalars(
  of text: String, _ replacement: (Unicode.Scalar) -> String?
) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    if let replaced = replacement(scalar) {
      result += replaced
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}
