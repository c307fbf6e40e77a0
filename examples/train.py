#!/usr/bin/python3
"""Trains a small convolutional network on image files: a real training to watch, slow down, stop and resume.

    examples/train.py --workers 1 --transform-cost 20      waits for its input pipeline
    examples/train.py --workers 2                          computes

The images (five shapes, drawn with noise) are generated on disk once. The training resumes from its checkpoint by
itself; SIGTERM makes it finish the step, write the checkpoint and exit 143. Needs PyTorch, PIL, numpy and tqdm.
"""

import argparse
import io
import os
import random
import shutil
import signal
import sys
import time


class StopRequest:
    """Remembers SIGTERM. In force before PyTorch is imported, which takes long enough for one to come meanwhile."""

    def __init__(self):
        self.received = False
        self.pid = os.getpid()
        signal.signal(signal.SIGTERM, self.receive)

    def receive(self, _signal, _frame):
        if os.getpid() == self.pid:  # a loader worker inherits the handler, not the duty
            self.received = True


if __name__ == "__main__":
    stop = StopRequest()
    # Loader workers share the cores: threads that wait for work must not spin on them.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# The imports come after the handler on purpose.
import numpy  # noqa: E402
import torch  # noqa: E402
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, Dataset  # noqa: E402
from tqdm import tqdm  # noqa: E402

CLASSES = ("circle", "square", "triangle", "cross", "bars")
IMAGES_PER_CLASS = 128
VIEWS = 3  # how often an epoch sees each image, each time augmented differently
SIDE = 96  # pixels of an image on disk
CROP = 64  # pixels of what the network sees
EXIT_AFTER_TERM = 128 + signal.SIGTERM


# --- the data set


def draw_image(kind, rng):
    """One noisy picture of a shape at a random place, in random colours."""
    colour = lambda low, high: tuple(rng.randint(low, high) for _ in range(3))  # noqa: E731
    image = Image.new("RGB", (SIDE, SIDE), colour(0, 110))
    draw = ImageDraw.Draw(image)
    size = rng.randint(30, 56)
    x, y = rng.randint(4, SIDE - size - 4), rng.randint(4, SIDE - size - 4)
    far_x, far_y, third = x + size, y + size, size // 3
    ink = colour(130, 255)
    if kind == "circle":
        draw.ellipse((x, y, far_x, far_y), fill=ink)
    elif kind == "square":
        draw.rectangle((x, y, far_x, far_y), fill=ink)
    elif kind == "triangle":
        draw.polygon(((x, far_y), (x + size // 2, y), (far_x, far_y)), fill=ink)
    elif kind == "cross":
        draw.rectangle((x + third, y, far_x - third, far_y), fill=ink)
        draw.rectangle((x, y + third, far_x, far_y - third), fill=ink)
    else:
        for left in (x, x + 2 * third):
            draw.rectangle((left, y, left + third // 2, far_y), fill=ink)
    noise = numpy.random.default_rng(rng.getrandbits(32)).normal(0, 18, (SIDE, SIDE, 3))
    return Image.fromarray(numpy.clip(numpy.asarray(image) + noise, 0, 255).astype(numpy.uint8))


def ensure_images(directory):
    """The folder of image files, generated when it is not there. Two starts at once do not disturb each other."""
    images = os.path.join(directory, "shapes")
    if os.path.isdir(images):
        return images
    os.makedirs(directory, exist_ok=True)
    aside = f"{images}.{os.getpid()}"
    os.mkdir(aside)
    print(f"generating {len(CLASSES) * IMAGES_PER_CLASS} images in {images}", flush=True)
    rng = random.Random(7)
    for kind in CLASSES:
        os.mkdir(os.path.join(aside, kind))
        for number in range(IMAGES_PER_CLASS):
            draw_image(kind, rng).save(os.path.join(aside, kind, f"{number:04}.jpg"), quality=88)
    try:
        os.rename(aside, images)
    except OSError:
        shutil.rmtree(aside)
        if not os.path.isdir(images):  # not another start that was faster
            raise
    return images


def augment(image, rng):
    """What input pipelines do: turn, mirror, blur, change colours and contrast, recompress."""
    image = image.rotate(rng.uniform(-20, 20), Image.BILINEAR)
    image = ImageEnhance.Contrast(image).enhance(rng.uniform(0.7, 1.3))
    image = ImageEnhance.Color(image).enhance(rng.uniform(0.6, 1.4))
    image = ImageOps.autocontrast(image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1))))
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=rng.randint(60, 95))
    return Image.open(packed).convert("RGB")


class Shapes(Dataset):
    """Image files with their class; transform_cost is the CPU time in milliseconds that augmenting one takes."""

    def __init__(self, directory, transform_cost):
        self.transform_cost = transform_cost / 1000
        self.files = [(os.path.join(directory, kind, name), label) for label, kind in enumerate(CLASSES)
                      for name in sorted(os.listdir(os.path.join(directory, kind)))]

    def __len__(self):
        return len(self.files) * VIEWS

    def __getitem__(self, index):
        path, label = self.files[index % len(self.files)]
        rng = random.Random(torch.randint(1 << 40, ()).item())
        with Image.open(path) as file:
            image = file.convert("RGB")
        began = time.thread_time()
        while time.thread_time() - began < self.transform_cost:
            image = augment(image, rng)
        x, y = rng.randint(0, SIDE - CROP), rng.randint(0, SIDE - CROP)
        pixels = numpy.asarray(image.crop((x, y, x + CROP, y + CROP)), dtype=numpy.float32)
        return torch.from_numpy(pixels).permute(2, 0, 1) / 127.5 - 1, label


class EpochBatches:
    """Which samples make which batch: shuffled by the epoch's number, so that a resumed epoch sees only the rest."""

    def __init__(self, samples, batch_size):
        self.samples, self.batch_size = samples, batch_size
        self.epoch = self.skip = 0

    def __len__(self):
        return self.samples // self.batch_size

    def __iter__(self):
        order = list(range(self.samples))
        random.Random(self.epoch).shuffle(order)
        for batch in range(self.skip, len(self)):
            yield order[batch * self.batch_size:(batch + 1) * self.batch_size]


def quiet_worker(_number):
    """Ctrl-C at a terminal reaches the workers too; the main process alone answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


# --- the training


def build_model():
    def block(inputs, outputs):
        return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
                             nn.MaxPool2d(2))

    return nn.Sequential(block(3, 16), block(16, 32), block(32, 64), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(64, len(CLASSES)))


class Training:
    """The network, its optimizer and where it is: `step` batches of epoch `epoch` (from 0) are done."""

    def __init__(self, checkpoint_directory):
        self.path = os.path.join(checkpoint_directory, "checkpoint.pt")
        os.makedirs(checkpoint_directory, exist_ok=True)
        self.model = build_model()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.02, momentum=0.9)
        self.loss = nn.CrossEntropyLoss()
        self.epoch = self.step = 0

    def resume(self, steps_per_epoch):
        """Continues where the checkpoint ends; with another batch size the started epoch begins anew."""
        if not os.path.exists(self.path):
            return
        state = torch.load(self.path)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]
        self.step = state["step"] if state["steps_per_epoch"] == steps_per_epoch else 0
        print(f"resumed from {self.path}: epoch {self.epoch + 1}, step {self.step}", flush=True)

    def save(self, steps_per_epoch):
        """Written aside, synced, renamed: whatever happens, there is a whole checkpoint."""
        aside = f"{self.path}.new"
        with open(aside, "wb") as file:
            torch.save({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
                        "epoch": self.epoch, "step": self.step, "steps_per_epoch": steps_per_epoch}, file)
            file.flush()
            os.fsync(file.fileno())
        os.rename(aside, self.path)

    def run_epoch(self, loader, epochs, stop_request):
        """Trains to the end of the epoch or to a request to stop; true when the epoch is complete."""
        batches = loader.batch_sampler
        batches.epoch, batches.skip = self.epoch, self.step
        with tqdm(total=len(batches), initial=self.step, desc=f"epoch {self.epoch + 1}/{epochs}") as bar:
            for images, labels in loader:
                self.optimizer.zero_grad()
                loss = self.loss(self.model(images), labels)
                loss.backward()
                self.optimizer.step()
                self.step += 1
                bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
                bar.update()
                if stop_request.received:
                    break
        return self.step == len(batches)


def train(options, stop_request):
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    data = Shapes(ensure_images(options.data), options.transform_cost)
    batches = EpochBatches(len(data), options.batch_size)
    loader = DataLoader(data, batch_sampler=batches, num_workers=options.workers, worker_init_fn=quiet_worker,
                        persistent_workers=options.workers > 0)
    training = Training(options.checkpoint)
    training.resume(len(batches))
    while training.epoch < options.epochs and not stop_request.received:
        try:
            complete = training.run_epoch(loader, options.epochs, stop_request)
        except RuntimeError as error:
            # Who signals the whole process group takes the workers away too; that must not cost the checkpoint.
            if not (stop_request.received and "DataLoader worker" in str(error)):
                raise
            complete = False
        if complete:
            training.epoch, training.step = training.epoch + 1, 0
            training.save(len(batches))
    if stop_request.received:
        training.save(len(batches))
        print(f"asked to stop: checkpoint written to {training.path}", flush=True)
        return EXIT_AFTER_TERM
    print(f"trained {options.epochs} epochs; checkpoint: {training.path}", flush=True)
    return 0


def parse_options():
    def at_least(low, convert=int):
        def parse(text):
            value = convert(text)
            if value < low:
                raise argparse.ArgumentTypeError(f"must be at least {low}")
            return value
        parse.__name__ = "number"
        return parse

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=at_least(0), default=1, metavar="N", help="loader workers (default 1)")
    parser.add_argument("--transform-cost", type=at_least(0, float), default=0, metavar="MS",
                        help="CPU milliseconds spent on augmenting one image (default 0)")
    parser.add_argument("--batch-size", type=at_least(2), default=16, metavar="N", help="images a step (default 16)")
    parser.add_argument("--epochs", type=at_least(1), default=10, metavar="N", help="default 10")
    parser.add_argument("--threads", type=at_least(1), default=len(os.sched_getaffinity(0)), metavar="N",
                        help="threads that compute (default: the CPUs it may use)")
    parser.add_argument("--data", default="data", metavar="DIR", help="where the images are (default: data)")
    parser.add_argument("--checkpoint", default="checkpoint", metavar="DIR",
                        help="where the checkpoint is (default: checkpoint)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(train(parse_options(), stop))
