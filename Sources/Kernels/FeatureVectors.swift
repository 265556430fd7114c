/// Vectors of one length for a batch of images, as fully connected layers read and write them.
///
/// One image: the plain vector. More: `[ceil(images / lanes)][length][lanes]`, image `i` in lane
/// `i % lanes` of its block, so that a weight is loaded once for a block of images and the batch is
/// the panel of a matrix product.
public struct FeatureVectors: Sendable {
  public let images: Int
  public let length: Int
  let lanes: Int
  let buffer: FloatBuffer

  public init(images: Int, length: Int, kernels: InstructionSet = .best) {
    precondition(images > 0 && length > 0)
    self.images = images
    self.length = length
    lanes = images == 1 ? 1 : kernels.panelWidth
    buffer = FloatBuffer(count: (images + lanes - 1) / lanes * lanes * length)
  }

  /// Where value 0 of an image lies, and the distance to value 1.
  @unsafe func column(_ image: Int) -> (UnsafeMutablePointer<Float>, stride: Int) {
    unsafe (buffer.base + image / lanes * lanes * length + image % lanes, lanes)
  }

  /// A copy of one image's vector.
  public func values(image: Int) -> [Float] {
    precondition(image >= 0 && image < images)
    // SAFETY: the image lies inside, and so do its `length` values.
    let (base, stride) = unsafe column(image)
    return (0..<length).map { unsafe base[$0 * stride] }
  }

  /// Writes one image's vector.
  public func setValues(_ values: [Float], image: Int) {
    precondition(values.count == length && image >= 0 && image < images)
    // SAFETY: as in `values(image:)`.
    let (base, stride) = unsafe column(image)
    for (index, value) in values.enumerated() { unsafe base[index * stride] = value }
  }

  /// Writes one image of a feature map in the order channels, rows, columns, which is how every
  /// published AlexNet flattens its last pooling.
  public func setChannelsFirst(_ map: FeatureMap, imageOfMap: Int, image: Int) {
    precondition(map.channels * map.height * map.width == length)
    precondition(imageOfMap < map.images && image >= 0 && image < images)
    let area = map.height * map.width
    // SAFETY: the lengths agree, so every index lies inside both.
    let (base, stride) = unsafe column(image)
    for y in 0..<map.height {
      for x in 0..<map.width {
        let pixel = unsafe map.pixel(imageOfMap, y, x)
        let target = unsafe base + (y * map.width + x) * stride
        for channel in 0..<map.channels {
          unsafe target[channel * area * stride] = pixel[channel]
        }
      }
    }
  }
}
