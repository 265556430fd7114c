/// Lines and texts on white ground, which can be written as an SVG file or as pixels.
public struct Drawing: Sendable {
  public enum Color: Sendable {
    case black, lightGray, blue, red, green

    /// 0 to 255.
    var rgb: (red: UInt8, green: UInt8, blue: UInt8) {
      switch self {
      case .black: (0x00, 0x00, 0x00)
      case .lightGray: (0xDD, 0xDD, 0xDD)
      case .blue: (0x1F, 0x77, 0xB4)
      case .red: (0xD6, 0x27, 0x28)
      case .green: (0x2C, 0xA0, 0x2C)
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

  /// The drawing as an SVG file.
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
        fill="\(hexadecimal(color))">\(text)</text>

        """
    }
  }

  private static func hexadecimal(_ color: Color) -> String {
    let (red, green, blue) = color.rgb
    return "#"
      + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// A number in at most two decimals.
  static func number(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() && abs(rounded) < 1e15
      ? String(Int(rounded)) : String(rounded)
  }
}
