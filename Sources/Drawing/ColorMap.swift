public import Images

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The colours of a scale from 0 to 1.
public struct ColorMap: Sendable {
  private let colors: [RGBColor]

  private static let steps = 256

  /// - Parameter colors: at least two, from 0 to 1.
  init(_ colors: [RGBColor]) {
    precondition(colors.count > 1)
    self.colors = colors
  }

  /// The colour of a value. Values below 0 have the colour of 0, and those above 1 that of 1; NaN
  /// has that of 0.
  public func color(_ value: Float) -> RGBColor {
    let position = value > 0 ? min(value, 1) * Float(colors.count - 1) : 0
    return colors[Int(position + 0.5)]
  }

  /// From dark violet over blue and green to bright yellow.
  ///
  /// The lightness grows evenly, so that equal steps of the value look like equal steps, in grey
  /// and to colour-blind eyes too. The colours are computed in OKLab (Björn Ottosson, "A perceptual
  /// color space for image processing", 2020), with less chroma where sRGB has no such colour.
  public static let evidence = ColorMap(
    (0..<steps).map { step in
      let share = Double(step) / Double(steps - 1)
      return OKLab.color(
        lightness: 0.26 + 0.66 * share, chroma: 0.15,
        // In degrees: violet is at 305, yellow at 105.
        hue: 305 - 200 * share)
    })
}

/// Colours by lightness, chroma and hue.
private enum OKLab {
  /// The colour, with as much of its chroma as sRGB can show.
  static func color(lightness: Double, chroma: Double, hue: Double) -> RGBColor {
    var chroma = chroma
    let angle = hue * .pi / 180
    while chroma > 0 {
      let values = linear(lightness, chroma * cos(angle), chroma * sin(angle))
      if values.allSatisfy({ (0...1).contains($0) }) { return encoded(values) }
      chroma -= 0.002
    }
    return encoded(linear(lightness, 0, 0).map { min(max($0, 0), 1) })
  }

  /// Linear red, green and blue.
  private static func linear(_ lightness: Double, _ a: Double, _ b: Double) -> [Double] {
    func cubed(_ value: Double) -> Double { value * value * value }
    let l = cubed(lightness + 0.3963377774 * a + 0.2158037573 * b)
    let m = cubed(lightness - 0.1055613458 * a - 0.0638541728 * b)
    let s = cubed(lightness - 0.0894841775 * a - 1.2914855480 * b)
    return [
      4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
      -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
      -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    ]
  }

  /// sRGB of 8 bits (IEC 61966-2-1).
  private static func encoded(_ linear: [Double]) -> RGBColor {
    let values = linear.map { value in
      UInt8(
        ((value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055) * 255)
          .rounded())
    }
    return RGBColor(red: values[0], green: values[1], blue: values[2])
  }
}
