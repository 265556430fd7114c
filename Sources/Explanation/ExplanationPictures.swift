import Classification
package import Images
import Preprocessing

/// Pictures for the network, as for classification, and the whole photo to draw on.
struct ExplanationPictures: PictureSource {
  private let network: ModelPictures
  private let options: ClassifierOptions
  private let side: Int?

  /// - Parameter side: the longest side of the photo to draw on; nil for no such photo.
  init(_ preprocessing: Preprocessing, inputSize: Int, side: Int?, options: ClassifierOptions) {
    network = ModelPictures(preprocessing, inputSize: inputSize, options: options)
    self.options = options
    self.side = side
  }

  func isPicture(beginning: Span<UInt8>) -> Bool { network.isPicture(beginning: beginning) }

  func picture(
    from bytes: Span<UInt8>, memory: FileMemory
  ) throws(ItemFailure) -> Picture {
    let picture = try network.picture(from: bytes, memory: memory)
    guard let side else { return picture }
    let size = picture.fullSize.scaled(longestSide: side)
    let resizing: Preprocessing
    do throws(PreprocessingError) {
      resizing = try Preprocessing(
        steps: [.squash(width: size.width, height: size.height, antialias: true)],
        channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1])
    } catch {
      throw ItemFailure(error)
    }
    let photo = try ModelPictures(resizing, inputSize: nil, options: options)
      .picture(from: bytes, memory: memory).images.first
    return Picture(images: picture.images, fullSize: picture.fullSize, photo: photo)
  }
}

extension PixelSize {
  /// The size of the same form whose longest side is `side`; no side is shorter than 1.
  package func scaled(longestSide side: Int) -> PixelSize {
    let scale = Double(side) / Double(max(width, height))
    return PixelSize(
      width: max(1, Int((Double(width) * scale).rounded())),
      height: max(1, Int((Double(height) * scale).rounded())))
  }
}
