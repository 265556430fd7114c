import Images
import Preprocessing

extension Pipeline {
  /// The same pipeline with thumbnails beside its answers. The worker that decodes a photo makes
  /// them of the photo that its pictures come with (see ``ClassifierOptions/photoSide``).
  public var illustrated: Pipeline<Illustrated<Answer>> {
    let makePass = makePass
    return Pipeline<Illustrated<Answer>>(
      options: options, pictures: pictures, memory: memory
    ) { batch, threads in
      IllustratingPass(makePass(batch, threads))
    }
  }
}

/// Image files in, thumbnails out: no network runs.
public typealias ThumbnailPipeline = Pipeline<[UInt8]>

extension ThumbnailPipeline {
  /// - Parameter options: of these, what is said about decoding, memory and threads counts.
  public init(options: ClassifierOptions) {
    var options = options
    options.photoSide = Thumbnail.side
    self.init(options: options, pictures: PhotoPictures(options)) { _, _ in ThumbnailPass() }
  }
}

/// A pass that makes a thumbnail of each picture, and leaves all else to another pass.
private final class IllustratingPass<Answer: Sendable>: PicturePass {
  private let pass: any PicturePass<Answer>
  private var thumbnails: [[UInt8]?] = []

  init(_ pass: any PicturePass<Answer>) {
    self.pass = pass
  }

  func write(_ picture: Picture, to index: Int) {
    thumbnails.removeSubrange(index...)
    thumbnails.append(picture.photo.flatMap(Thumbnail.file))
    pass.write(picture, to: index)
  }

  func forward(count: Int) { pass.forward(count: count) }

  func answer(_ index: Int) throws(ItemFailure) -> Illustrated<Answer> {
    Illustrated(try pass.answer(index), thumbnail: thumbnails[index])
  }
}

/// A pass that makes a thumbnail of each picture, and does nothing else.
private final class ThumbnailPass: PicturePass {
  private var thumbnails: [[UInt8]?] = []

  func write(_ picture: Picture, to index: Int) {
    thumbnails.removeSubrange(index...)
    thumbnails.append(picture.photo.flatMap(Thumbnail.file))
  }

  func forward(count: Int) {}

  func answer(_ index: Int) throws(ItemFailure) -> [UInt8] {
    guard let thumbnail = thumbnails[index] else {
      throw ItemFailure(ImageDecodingError.outOfMemory)
    }
    return thumbnail
  }
}

/// Decodes photos at the scale that a thumbnail needs.
private struct PhotoPictures: PictureSource {
  private let decode: DecodeOptions
  private let side: Int

  init(_ options: ClassifierOptions) {
    let side = options.photoSide ?? Thumbnail.side
    var decode = options.decode
    decode.sufficientSize = nil
    if !options.exactDecode {
      decode.sufficientSize = { size in size.reduced(toLongestSide: side) }
    }
    self.decode = decode
    self.side = side
  }

  func isPicture(beginning: Span<UInt8>) -> Bool { ImageFormat(beginning: beginning) != nil }

  func picture(from bytes: Span<UInt8>, memory: FileMemory) throws(ItemFailure) -> Picture {
    let decoder: ImageDecoder
    do throws(ImageDecodingError) {
      decoder = try ImageDecoder(bytes, options: decode)
    } catch {
      throw ItemFailure(error)
    }
    // Resizing works on a part of what decoding takes.
    let photo = try memory.holding(decoder.memory + bytes.count) { () throws(ItemFailure) in
      do {
        return try decoder.decode(bytes).reduced(toLongestSide: side)
      } catch let error as ImageDecodingError {
        throw ItemFailure(error)
      } catch let error as PreprocessingError {
        throw ItemFailure(error)
      } catch {
        throw ItemFailure.lost
      }
    }
    return Picture(images: [], fullSize: decoder.fullSize, photo: photo)
  }
}
