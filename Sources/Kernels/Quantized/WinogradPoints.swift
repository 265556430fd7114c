import CKernels

/// The ranges of the input's points in a ``QuantizedWinogradConvolution``, measured on pictures
/// that are similar to those to classify. Each point has a range for each channel.
public struct WinogradPoints: Sendable, Hashable {
  /// `[products, channels]`, products in the order of `u8s8_kernels.h`: the magnitude that the
  /// largest byte of a point stands for.
  public let ranges: [Float]
  /// `[channels]`: the input's mean.
  public let means: [Float]

  /// The number of products for a window of 3 or 5.
  public static func products(window: Int) -> Int { window == 3 ? 16 : 49 }

  /// - Parameters:
  ///   - ranges: as many values for each channel as there are products.
  ///   - means: one value for each channel.
  public init(ranges: [Float], means: [Float]) {
    precondition(!means.isEmpty && ranges.count % means.count == 0)
    self.ranges = ranges
    self.means = means
  }

  /// The same range for all points and channels, for models whose input was not measured.
  public init(_ geometry: Convolution.Geometry, range: Float) {
    let channels = geometry.inputChannels
    let count = Self.products(window: geometry.kernel) * channels
    self.init(
      ranges: Array(repeating: range, count: count),
      means: Array(repeating: 0, count: channels))
  }
}

/// Measures ``WinogradPoints`` over any number of pictures.
public struct WinogradPointsMeter: Sendable {
  private let window: Int
  private let channels: Int
  private let padding: Int
  /// `[products, channels]`.
  private var maxima: [Float]
  private var sums: [Double]
  private var pixels = 0

  public init(_ geometry: Convolution.Geometry) {
    precondition(QuantizedWinogradConvolution.supports(geometry))
    window = geometry.kernel
    channels = geometry.inputChannels
    padding = geometry.padding
    maxima = Array(
      repeating: 0, count: WinogradPoints.products(window: geometry.kernel) * channels)
    sums = Array(repeating: 0, count: channels)
  }

  /// The ratio of a range to the largest value that was measured. Values outside the range are cut
  /// off, which costs more accuracy than larger steps do: the starter's logits are off by 1.53 % of
  /// their spread with 1, by 1.47 % with 1.1 and by 1.62 % with 1.5.
  private static let margin: Float = 1.1

  /// The ranges and means of the pictures observed so far.
  public var points: WinogradPoints {
    var ranges = maxima.map { $0 * Self.margin }
    if window == 5 {
      // With a window of 5, several products are added, so their weights have a common step. If the
      // ranges of the channels differ less, this step is smaller.
      for product in 0..<WinogradPoints.products(window: window) {
        let row = product * channels..<(product + 1) * channels
        let largest = ranges[row].max() ?? 0
        for index in row { ranges[index] = (ranges[index] * largest).squareRoot() }
      }
    }
    return WinogradPoints(ranges: ranges, means: sums.map { Float($0 / Double(max(pixels, 1))) })
  }

  /// Takes the first image of a layer's input into account.
  public mutating func observe(_ input: FeatureMap) {
    precondition(input.channels == channels && input.padding >= padding)
    pixels += input.height * input.width
    for y in 0..<input.height {
      for x in 0..<input.width {
        // SAFETY: the pixel lies inside the map.
        let pixel = unsafe input.pixel(0, y, x)
        for channel in 0..<channels { sums[channel] += unsafe Double(pixel[channel]) }
      }
    }
    let (height, width) = (
      input.height + 2 * padding - window + 1, input.width + 2 * padding - window + 1
    )
    for y in stride(from: 0, to: height, by: 2) {
      for x in stride(from: 0, to: width, by: 2) {
        for first in stride(from: 0, to: channels, by: Lanes.scalarCount) {
          observeTile(input, y: y - padding, x: x - padding, firstChannel: first)
        }
      }
    }
  }

  private typealias Lanes = SIMD16<Float>

  private mutating func observeTile(_ input: FeatureMap, y: Int, x: Int, firstChannel: Int) {
    let side = window == 3 ? 4 : 7
    let lanes = min(Lanes.scalarCount, channels - firstChannel)
    // [columns][products down]
    var columns: [Lanes] = []
    columns.reserveCapacity((window + 1) * side)
    for column in 0...window {
      let column = min(x + column, input.width + padding - 1)
      let inputs = (0...window).map { row in
        // SAFETY: rows and columns lie inside the map and its border, `lanes` channels inside the
        // pixel.
        let pixel = unsafe input.pixel(0, min(y + row, input.height + padding - 1), column)
        var values = Lanes()
        for lane in 0..<lanes { values[lane] = unsafe pixel[firstChannel + lane] }
        return values
      }
      columns += Self.products(inputs)
    }
    for down in 0..<side {
      let row = Self.products((0...window).map { columns[$0 * side + down] })
      for across in 0..<side {
        let place = u8s8_winograd_place(window, down, across) * channels + firstChannel
        let magnitude = row[across].replacing(with: -row[across], where: row[across] .< 0)
        for lane in 0..<lanes {
          maxima[place + lane] = max(maxima[place + lane], magnitude[lane])
        }
      }
    }
  }

  /// The transformed inputs of two neighbouring outputs along one side, one for each product.
  private static func products(_ d: [Lanes]) -> [Lanes] {
    d.count == 4
      ? [d[1] + d[2], d[2] - d[1], d[0] - d[2], d[1] - d[3]]
      : [d[1] + d[2], d[4], d[2] - d[1], d[0] - d[2], d[3] - d[4], d[1] - d[3], d[4] - d[5]]
  }
}
