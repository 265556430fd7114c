import Images
public import Preprocessing

/// Decodes image files and applies the preprocessing of a model.
public struct ModelPictures: PictureSource {
  private let preprocessing: Preprocessing
  private let decode: DecodeOptions
  /// Height and width of the network's input; nil where pictures may have any size.
  private let inputSize: Int?
  private let views: Preprocessing.Views
  private let photoSide: Int?

  public var imagesPerPicture: Int { views.rawValue }

  /// - Parameter inputSize: height and width that every picture must have when it is prepared; nil
  ///   for any.
  public init(_ preprocessing: Preprocessing, inputSize: Int?, options: ClassifierOptions) {
    self.preprocessing = preprocessing
    self.inputSize = inputSize
    views = options.views
    photoSide = options.photoSide
    var decode = options.decode
    decode.sufficientSize = nil
    decode.timeLimit = options.timeLimit
    if !options.exactDecode {
      decode.sufficientSize = { size in preprocessing.sufficientSize(for: size) }
    }
    self.decode = decode
  }

  public func isPicture(beginning: Span<UInt8>) -> Bool {
    ImageFormat(beginning: beginning) != nil
  }

  public func picture(
    from bytes: Span<UInt8>, memory fileMemory: FileMemory
  ) throws(ItemFailure) -> Picture {
    let decoder: ImageDecoder
    do throws(ImageDecodingError) {
      decoder = try ImageDecoder(bytes, options: decode)
    } catch {
      throw ItemFailure(error)
    }
    let (images, photo) = try fileMemory.holding(try memory(for: decoder) + bytes.count) {
      () throws(ItemFailure) in try decodeAndPrepare(bytes, decoder)
    }
    // If the last step of the preprocessing is neither a crop nor a squash, photos get different
    // sizes.
    let picture = Picture(images: images, fullSize: decoder.fullSize, photo: photo)
    guard let inputSize else { return picture }
    for image in images where image.width != inputSize || image.height != inputSize {
      throw ItemFailure(
        .internal,
        "the model's preprocessing gives \(image.width) x \(image.height) pixels, and its network "
          + "takes \(inputSize) x \(inputSize)")
    }
    return picture
  }

  /// The most bytes of memory that decoding and preprocessing a picture use at one time.
  private func memory(for decoder: ImageDecoder) throws(ItemFailure) -> Int {
    do throws(PreprocessingError) {
      return max(
        decoder.memory,
        try preprocessing.memory(
          for: decoder.decodedSize, fullSize: decoder.fullSize, views: views))
    } catch {
      throw ItemFailure(error)
    }
  }

  private func decodeAndPrepare(
    _ bytes: Span<UInt8>, _ decoder: ImageDecoder
  ) throws(ItemFailure) -> ([RGBImage], photo: RGBImage?) {
    let decoded: DecodedImage
    do throws(ImageDecodingError) {
      decoded = try decoder.decode(bytes)
    } catch {
      throw ItemFailure(error)
    }
    do throws(PreprocessingError) {
      return (
        try preprocessing.pixels(from: decoded, views: views),
        // A photo that cannot be drawn can still be classified.
        photo: photoSide.flatMap { try? decoded.reduced(toLongestSide: $0) }
      )
    } catch {
      throw ItemFailure(error)
    }
  }
}
