/// Numbers of at least 0 as text in pictures.
public enum NumberText {
  /// About three significant digits.
  public static func threeDigits(_ value: Float) -> String {
    guard value > 0, value.isFinite else { return "0" }
    if let digits = digits(value) { return fixed(value, digits) }
    var (mantissa, exponent) = (value, 0)
    while mantissa < 1 {
      mantissa *= 10
      exponent -= 1
    }
    return fixed(mantissa, 1) + "e\(exponent)"
  }

  /// 0, half of `maximum` and `maximum`, with equally many digits behind the point.
  public static func scale(upTo maximum: Float) -> [String] {
    guard let digits = digits(maximum) else {
      return ["0", threeDigits(maximum / 2), threeDigits(maximum)]
    }
    return ["0", fixed(maximum / 2, digits), fixed(maximum, digits)]
  }

  /// How many digits behind the point make about three significant ones; nil for numbers that are
  /// better written with an exponent.
  private static func digits(_ value: Float) -> Int? {
    switch value {
    case 100...: 0
    case 10...: 1
    case 1...: 2
    case 0.1...: 3
    case 0.01...: 4
    case 0.001...: 5
    default: nil
    }
  }

  /// This many digits behind the point.
  public static func fixed(_ value: Float, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1) { product, _ in product * 10 }
    guard let whole = Int(exactly: (Double(value) * Double(scale)).rounded()), whole >= 0 else {
      return "?"
    }
    guard digits > 0 else { return String(whole) }
    let fraction = String(whole % scale)
    return "\(whole / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
