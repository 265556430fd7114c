import Images

/// Lines and texts on white ground, which can be written as an SVG file or as pixels.
public struct Figure: Sendable {
  public enum Color: Sendable {
    case black, lightGray, blue, red, green

    var rgb: RGBColor {
      switch self {
      case .black: .black
      case .lightGray: RGBColor(red: 0xDD, green: 0xDD, blue: 0xDD)
      case .blue: RGBColor(red: 0x1F, green: 0x77, blue: 0xB4)
      case .red: RGBColor(red: 0xD6, green: 0x27, blue: 0x28)
      case .green: RGBColor(red: 0x2C, green: 0xA0, blue: 0x2C)
      }
    }
  }

  /// Which part of a text is at its place.
  public enum Anchor: String, Sendable {
    case start, middle, end
  }

  enum Shape: Sendable {
    case line([(x: Double, y: Double)], width: Double, color: Color)
    /// The place is that of the line on which the letters stand.
    case text(String, x: Double, y: Double, anchor: Anchor, color: Color)
  }

  /// In units, which are pixels of the SVG file.
  public let width: Double
  public let height: Double
  private(set) var shapes: [Shape] = []
  static let fontSize = 12

  public init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  /// Adds a line through these points.
  public mutating func addLine(_ points: [(x: Double, y: Double)], width: Double, color: Color) {
    shapes.append(.line(points, width: width, color: color))
  }

  public mutating func addText(
    _ text: String, x: Double, y: Double, anchor: Anchor = .start, color: Color = .black
  ) {
    shapes.append(.text(text, x: x, y: y, anchor: anchor, color: color))
  }

  /// The figure as an SVG file.
  public var svg: String {
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.number(width))" \
      height="\(Self.number(height))" font-family="sans-serif" font-size="\(Self.fontSize)">
      <rect width="100%" height="100%" fill="white"/>

      """
    for shape in shapes { text += Self.svg(shape) }
    return text + "</svg>\n"
  }

  private static func svg(_ shape: Shape) -> String {
    switch shape {
    case .line(let points, let width, let color):
      let path = points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
      return """
        <polyline fill="none" stroke="\(hexadecimal(color))" stroke-width="\(number(width))" \
        points="\(path)"/>

        """
    case .text(let text, let x, let y, let anchor, let color):
      return """
        <text x="\(number(x))" y="\(number(y))" text-anchor="\(anchor.rawValue)" \
        fill="\(hexadecimal(color))">\(escaped(text))</text>

        """
    }
  }

  private static func hexadecimal(_ color: Color) -> String {
    let color = color.rgb
    return "#"
      + [color.red, color.green, color.blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      .joined()
  }

  /// The text as the contents of an element (XML 1.0, section 2.4).
  private static func escaped(_ text: String) -> String {
    text.map { $0 == "&" ? "&amp;" : $0 == "<" ? "&lt;" : String($0) }.joined()
  }

  /// Numbers from 0 to `largest` in equal steps, all with as many decimals as a step needs.
  static func ticks(upTo largest: Double, steps: Int) -> [String] {
    let step = largest / Double(steps)
    let decimals = (0...9).first { decimals in
      let scaled = step * power(decimals)
      return abs(scaled - scaled.rounded()) < 1e-6
    }
    return (0...steps).map { index in
      let value = step * Double(index)
      guard let decimals, decimals > 0, value > 0 else { return number(value) }
      let digits = String(Int((value * power(decimals)).rounded()))
      let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
      return padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }
  }

  private static func power(_ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * 10 }
  }

  /// A number in at most two decimals.
  static func number(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() && abs(rounded) < 1e15
      ? String(Int(rounded)) : String(rounded)
  }
}
