/// The activations of one layer for a few images: `[images, height, width, channels]`, channels
/// contiguous, with a border of `padding` zero pixels on every side of each image.
///
/// The initialiser writes the border, so that a padded convolution can read it like other pixels.
/// Kernels may read up to three values after the last image.
public struct Map<Element: BitwiseCopyable & Sendable> {
  public let images: Int
  public let height: Int
  public let width: Int
  public let channels: Int
  public let padding: Int
  private let firstImage: Int
  /// `[images, height + 2 * padding, width + 2 * padding, channels]`.
  package let buffer: Buffer<Element>
  private let staging: Staging

  /// Memory for a picture without a border. It is allocated when it is first needed, and then kept.
  private final class Staging {
    var picture: Buffer<Element>?
  }

  public init(images: Int, height: Int, width: Int, channels: Int, padding: Int = 0) {
    precondition(images > 0 && height > 0 && width > 0 && channels > 0 && padding >= 0)
    self.images = images
    self.height = height
    self.width = width
    self.channels = channels
    self.padding = padding
    firstImage = 0
    // 8-bit convolutions read the values of a window in groups of four. The last group may reach
    // past the last image.
    buffer = Buffer(
      count: images * (height + 2 * padding) * (width + 2 * padding) * channels,
      readableBehind: 3)
    staging = Staging()
  }

  private init(image: Int, of map: Map) {
    images = 1
    height = map.height
    width = map.width
    channels = map.channels
    padding = map.padding
    firstImage = map.firstImage + image
    buffer = map.buffer
    staging = map.staging
  }

  /// One image of this map, as a map over the same memory.
  public func image(_ index: Int) -> Map {
    precondition(index >= 0 && index < images)
    return Map(image: index, of: self)
  }

  /// Elements from one row to the next.
  var rowStride: Int { (width + 2 * padding) * channels }
  /// Elements from one image to the next.
  var imageStride: Int { (height + 2 * padding) * rowStride }

  /// The address of the first value of a pixel. Row and column -`padding` are the first of the
  /// border.
  @unsafe func pixel(_ image: Int, _ y: Int, _ x: Int) -> UnsafeMutablePointer<Element> {
    unsafe buffer.base + (firstImage + image) * imageStride + (y + padding) * rowStride
      + (x + padding) * channels
  }

  private func rowStart(image: Int, y: Int) -> Int {
    (firstImage + image) * imageStride + (y + padding) * rowStride + padding * channels
  }

  /// Calls `body` with row `y` of an image, `[width, channels]`, to write.
  public func withMutableRow<Result, Failure: Error>(
    image: Int, y: Int, _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(image >= 0 && image < images && y >= 0 && y < height)
    let start = rowStart(image: image, y: y)
    return try buffer.withMutableSpan(start..<start + width * channels, body)
  }

  /// Calls `body` with the first image, `[height, width, channels]`, which it must write
  /// completely. The border is not changed.
  public func withMutablePicture<Result, Failure: Error>(
    _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = rowStart(image: 0, y: 0)
    let count = width * channels
    if padding == 0 { return try buffer.withMutableSpan(start..<start + height * count, body) }
    let picture = staging.picture ?? Buffer<Element>(count: height * count)
    staging.picture = picture
    let result = try picture.withMutableSpan(0..<height * count, body)
    for y in 0..<height {
      // SAFETY: row `y` lies inside both.
      unsafe pixel(0, y, 0).update(from: picture.base + y * count, count: count)
    }
    return result
  }

  /// A copy of one image in the order channels, rows, columns: `[channels, height, width]`.
  public func channelsFirst(image: Int) -> [Element] {
    precondition(image >= 0 && image < images)
    var values: [Element] = buffer.values(0..<channels * height * width)
    for y in 0..<height {
      let start = rowStart(image: image, y: y)
      let row = buffer.values(start..<start + width * channels)
      for x in 0..<width {
        for channel in 0..<channels {
          values[(channel * height + y) * width + x] = row[x * channels + channel]
        }
      }
    }
    return values
  }

  /// Sets every pixel of the borders to `pixel`, which has a value for each channel.
  public func fillBorder(_ pixel: [Element]) {
    precondition(pixel.count == channels)
    for image in 0..<images {
      for y in -padding..<height + padding {
        let row = rowStart(image: image, y: y) - padding * channels
        let isInside = (0..<height).contains(y)
        buffer.withMutableSpan(row..<row + rowStride) { span in
          for x in -padding..<width + padding where !(isInside && (0..<width).contains(x)) {
            for channel in 0..<channels {
              span[(x + padding) * channels + channel] = pixel[channel]
            }
          }
        }
      }
    }
  }

  /// Writes one image given as `[channels, height, width]`.
  public func setChannelsFirst(_ values: [Element], image: Int) {
    precondition(values.count == channels * height * width)
    for y in 0..<height {
      withMutableRow(image: image, y: y) { row in
        for x in 0..<width {
          for channel in 0..<channels {
            row[x * channels + channel] = values[(channel * height + y) * width + x]
          }
        }
      }
    }
  }
}

/// Activations in float32.
public typealias FeatureMap = Map<Float>

/// Activations in 8 bits. An element stands for `element * scale`, where the scale depends on the
/// layer.
public typealias ByteMap = Map<UInt8>
