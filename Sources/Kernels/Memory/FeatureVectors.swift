import Threads

/// Vectors of one length for a batch of images, as fully connected layers read and write them.
///
/// For one image, the memory has the vector. For several, it is
/// `[ceil(images / lanes)][length][lanes]`, where image `i` is in lane `i % lanes` of block
/// `i / lanes`. With this layout, a weight is loaded once for a block of images, and a block is the
/// panel of a matrix product.
@safe public struct FeatureVectors {
  public let images: Int
  public let length: Int
  let lanes: Int
  let base: UnsafeMutablePointer<Float>
  /// Owns the memory; nil if the caller owns it.
  private let owner: FloatBuffer?

  public init(images: Int, length: Int, kernels: InstructionSet = .best) {
    precondition(images > 0 && length > 0)
    let lanes = Self.lanes(images: images, kernels)
    let buffer = FloatBuffer(count: (images + lanes - 1) / lanes * lanes * length)
    unsafe self.init(
      images: images, length: length, lanes: lanes, base: buffer.base, owner: buffer)
  }

  private init(
    images: Int, length: Int, lanes: Int, base: UnsafeMutablePointer<Float>, owner: FloatBuffer?
  ) {
    self.images = images
    self.length = length
    self.lanes = lanes
    unsafe self.base = base
    self.owner = owner
  }

  private static func lanes(images: Int, _ kernels: InstructionSet) -> Int {
    images == 1 ? 1 : kernels.panelWidth
  }

  /// Calls `body` with vectors in scratch memory, to write; it must not keep them.
  static func withScratch(
    images: Int, length: Int, kernels: InstructionSet, _ scratch: ScratchMemory,
    _ body: (FeatureVectors) -> Void
  ) {
    let lanes = lanes(images: images, kernels)
    // SAFETY: the memory is as large as the vectors, and theirs until `body` returns.
    unsafe scratch.withValues(of: Float.self, (images + lanes - 1) / lanes * lanes * length) {
      unsafe body(
        FeatureVectors(images: images, length: length, lanes: lanes, base: $0, owner: nil))
    }
  }

  /// The address of value 0 of an image, and the distance to value 1.
  @unsafe func column(_ image: Int) -> (UnsafeMutablePointer<Float>, stride: Int) {
    unsafe (base + image / lanes * lanes * length + image % lanes, lanes)
  }

  /// A copy of one image's vector.
  public func values(image: Int) -> [Float] {
    precondition(image >= 0 && image < images)
    // SAFETY: the image lies inside, and so do its `length` values.
    let (base, stride) = unsafe column(image)
    return (0..<length).map { unsafe base[$0 * stride] }
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
