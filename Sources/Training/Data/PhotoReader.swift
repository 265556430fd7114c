public import Classification
public import Images
public import Preprocessing
import System

/// Reads and decodes photos of the training data, through the code that classification uses.
public struct PhotoReader: Sendable {
  /// Exactly what the network sees when it classifies.
  private let exact: ModelPictures
  /// The picture before its centre crops.
  private let wide: ModelPictures
  private let readLimit: Int
  /// The memory that photos share while they are decoded.
  private let memory: MemoryBudget

  /// The longest side of a wide picture, as a multiple of its short side.
  private static let longestAspect = 2

  /// - Parameter inputSize: height and width of the network's input.
  public init(_ preprocessing: Preprocessing, inputSize: Int, options: ClassifierOptions) {
    var options = options
    options.views = .one
    exact = ModelPictures(preprocessing, inputSize: inputSize, options: options)
    wide = ModelPictures(preprocessing.withoutCrops, inputSize: nil, options: options)
    readLimit = options.readLimit
    memory = MemoryBudget(options.maxMemory)
  }

  /// The picture as classification prepares it.
  ///
  /// - Throws: why the photo cannot be used.
  public func exactPicture(of photo: Photo) throws(ItemFailure) -> RGBImage {
    try picture(of: photo, exact).image
  }

  /// The picture before its centre crops, for augmentation, and a number that stands for the
  /// photo's bytes. Of a very long picture the middle.
  ///
  /// - Throws: why the photo cannot be used.
  public func widePicture(
    of photo: Photo
  ) throws(ItemFailure) -> (image: RGBImage, contentKey: UInt64) {
    let result = try picture(of: photo, wide)
    return (Self.middle(of: result.image), result.contentKey)
  }

  private func picture(
    of photo: Photo, _ pictures: ModelPictures
  ) throws(ItemFailure) -> (image: RGBImage, contentKey: UInt64) {
    let memory = FileMemory(memory, size: photo.content.size)
    defer { memory.end() }
    var buffer: [UInt8] = []
    let count: Int
    do throws(SystemError) {
      count = try photo.content.read(into: &buffer, limit: readLimit)
    } catch {
      throw ItemFailure(error)
    }
    guard count > 0 else { throw ItemFailure(.empty, "the file is empty") }
    let bytes = buffer.span.extracting(0..<count)
    guard let image = try pictures.picture(from: bytes, memory: memory).images.first else {
      throw ItemFailure(.internal, "no picture")
    }
    return (image, ValidationSplit.contentKey(of: bytes))
  }

  private static func middle(of image: RGBImage) -> RGBImage {
    let short = min(image.width, image.height)
    let (width, height) = (
      min(image.width, longestAspect * short), min(image.height, longestAspect * short)
    )
    guard width < image.width || height < image.height else { return image }
    let (left, top) = ((image.width - width) / 2, (image.height - height) / 2)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 3)
    for row in top..<top + height {
      let start = (row * image.width + left) * 3
      pixels.append(contentsOf: image.pixels[start..<start + width * 3])
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }
}
