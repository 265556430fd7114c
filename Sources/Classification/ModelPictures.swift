import Images
import Preprocessing

/// Decodes files and prepares their pictures as a model wants them.
struct ModelPictures: PictureSource {
  private let preprocessing: Preprocessing
  private let decode: DecodeOptions
  /// Height and width of the network's input.
  private let inputSize: Int
  private let views: Preprocessing.Views

  var imagesPerPicture: Int { views.rawValue }

  init(_ preprocessing: Preprocessing, inputSize: Int, options: ClassifierOptions) {
    self.preprocessing = preprocessing
    self.inputSize = inputSize
    views = options.views
    var decode = options.decode
    decode.sufficientSize = nil
    if !options.exactDecode {
      decode.sufficientSize = { size in preprocessing.sufficientSize(for: size) }
    }
    self.decode = decode
  }

  func isPicture(beginning: Span<UInt8>) -> Bool {
    if case .other = ImageFormat(sniffing: beginning) { false } else { true }
  }

  func picture(from bytes: Span<UInt8>) throws(ItemFailure) -> Picture {
    let decoded: DecodedImage
    do throws(ImageDecodingError) {
      decoded = try decodeImage(bytes, options: decode)
    } catch {
      throw ItemFailure(error)
    }
    let images: [RGBImage]
    do throws(PreprocessingError) {
      images = try preprocessing.pixels(from: decoded, views: views)
    } catch {
      throw ItemFailure(error)
    }
    // Steps without a last crop or squash give every photo a size of its own.
    for image in images where image.width != inputSize || image.height != inputSize {
      throw ItemFailure(
        .internal,
        "the model's preprocessing gives \(image.width) x \(image.height) pixels, and its network "
          + "takes \(inputSize) x \(inputSize)")
    }
    return Picture(images: images, fullSize: decoded.fullSize)
  }

  func write(_ image: RGBImage, into input: inout MutableSpan<Float>) {
    preprocessing.normalize(image, into: &input)
  }
}
