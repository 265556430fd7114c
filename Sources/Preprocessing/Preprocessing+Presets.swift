extension Preprocessing {
  /// The channel means of the ILSVRC-2012 training pictures, which Caffe's models subtract: R, G,
  /// B.
  private static let caffeMean: [Float] = [122.67891, 116.66877, 104.00699]

  /// For the AlexNet of Krizhevsky et al.: the short side is resized to 256 with antialiasing. The
  /// network reads the middle 227 x 227 pixels in RGB minus the channel means of ILSVRC-2012.
  public static let alexnet = Preprocessing(
    valid: [
      .resizeShortSide(size: 256, antialias: true), .centerCrop(width: 227, height: 227),
    ],
    channels: .rgb, mean: caffeMean, scale: [1, 1, 1])

  /// For BVLC's AlexNet and CaffeNet: pictures are squashed to 256 x 256 without antialiasing, as
  /// `convert_imageset` did with OpenCV for training. The network reads the middle 227 x 227 pixels
  /// in BGR.
  public static let caffe = Preprocessing(
    valid: [
      .squash(width: 256, height: 256, antialias: false), .centerCrop(width: 227, height: 227),
    ],
    channels: .bgr, mean: caffeMean.reversed(), scale: [1, 1, 1])

  /// For torchvision's `AlexNet_Weights.IMAGENET1K_V1`: the short side is resized to 256, and the
  /// network reads the middle 224 x 224 pixels. torchvision gives mean and deviation for pixels
  /// from 0 to 1.
  public static let torchvision = Preprocessing(
    valid: [
      .resizeShortSide(size: 256, antialias: true), .centerCrop(width: 224, height: 224),
    ],
    channels: .rgb, mean: [0.485, 0.456, 0.406].map { Float($0 * 255) },
    scale: [0.229, 0.224, 0.225].map { Float(1 / (255 * $0)) })

  /// For bvlcalexnet and caffenet of the ONNX model zoo: pictures are squashed to 224 x 224 in BGR,
  /// as in the zoo's example of quantisation.
  public static let onnxZoo = Preprocessing(
    valid: [.squash(width: 224, height: 224, antialias: false)],
    channels: .bgr, mean: [103.939, 116.779, 123.68], scale: [1, 1, 1])
}
