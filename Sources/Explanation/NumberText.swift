/// Numbers of at least 0 as text in pictures.
package enum NumberText {
  /// About three significant digits.
  package static func threeDigits(_ value: Float) -> String {
    guard value > 0, value.isFinite else { return "0" }
    switch value {
    case 100...: return fixed(value, 0)
    case 10...: return fixed(value, 1)
    case 0.1...: return fixed(value, 2)
    case 0.001...: return fixed(value, 4)
    default:
      var (mantissa, exponent) = (value, 0)
      while mantissa < 1 {
        mantissa *= 10
        exponent -= 1
      }
      return fixed(mantissa, 1) + "e\(exponent)"
    }
  }

  /// This many digits behind the point.
  package static func fixed(_ value: Float, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1) { product, _ in product * 10 }
    guard let whole = Int(exactly: (Double(value) * Double(scale)).rounded()), whole >= 0 else {
      return "?"
    }
    guard digits > 0 else { return String(whole) }
    let fraction = String(whole % scale)
    return "\(whole / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
