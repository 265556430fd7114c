import JSON

extension JSONValue {
  /// The value as JSON that may stand inside a `<script>` element of an HTML page.
  ///
  /// There, `</script` would end the element and `<!--` would change how the rest is read, so that
  /// `<` and `>` are escaped. They occur inside of strings only. U+2028 and U+2029, which are line
  /// breaks in older JavaScript, are escaped, too.
  var scriptText: String {
    var text = ""
    for scalar in compactText.unicodeScalars {
      switch scalar {
      case "<": text += "\\u003c"
      case ">": text += "\\u003e"
      case "&": text += "\\u0026"
      case "\u{2028}": text += "\\u2028"
      case "\u{2029}": text += "\\u2029"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

/// The text with what is special in HTML replaced by character references, for the contents of an
/// element or an attribute in double quotes.
func htmlText(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
