"""The words that names, titles and subjects are made of."""

FIRST_NAMES = (
    "Anna Ben Carla David Elena Felix Grace Hugo Ines Jonas Karen Liam Maria Nils Olga Paul Quinn Rosa Stefan Tara Uwe "
    "Vera Walter Xenia Yara Zoe Amir Bianca Chen Daria Emil Fatima Georg Hana Igor Julia Kofi Lena Marco Nadia Omar Petra "
    "Rafael Sofia Tomas Ursula Victor Wanda Yusuf Zara Alan Brenda Colin Diana Ethan Fiona Gareth Helen Ivan Joyce"
).split()
LAST_NAMES = (
    "Abbott Becker Carter Dietrich Evans Fischer Garcia Hansen Ito Jansen Keller Lopez Meyer Novak Olsen Parker Quist "
    "Rossi Schmidt Torres Unger Vogel Weber Xu Young Zimmer Adler Brandt Costa Dubois Ekberg Ferrari Gruber Hoffmann Ivanov "
    "Jensen Kowalski Lindqvist Moreau Nguyen Okafor Petrov Ramirez Sato Takahashi Ueda Varga Wagner Yilmaz Zhang"
).split()
COMPANY_FIRST = (
    "Adventure Alpine Blue Bright City Coho Contoso Country Datum Eastern Fabrikam Fine First Fourth Global Grand Harbour "
    "Highland Humongous Island Litware Lucerne Margie Metro Modern Mountain National Northwind Ocean Pacific Premier Proseware "
    "Relecloud River Royal Southridge Summit Tailspin Trey Trans United Valley Vigor Wide Wingtip Woodgrove Yellow Zenith"
).split()
COMPANY_SECOND = (
    "Airlines Architects Bakery Bank Beverages Books Brewing Builders Cargo Chemicals Clinics Coffee Components Construction "
    "Consulting Cycles Dairy Design Electronics Energy Engineering Farms Fashion Foods Freight Furniture Gardens Glass Health "
    "Hotels Importers Instruments Insurance Interiors Labs Logistics Machines Media Metals Motors Optics Paper Pharma Plastics "
    "Power Publishing Recycling Research Robotics Schools Shipping Software Solar Sports Steel Stores Systems Textiles Tools "
    "Toys Trading Travel Utilities Vineyards Winery Works"
).split()
COMPANY_FORM = ("Inc.", "Ltd.", "GmbH", "Corp.", "S.A.", "LLC", "AG", "Co.")
CITIES = (
    ("Seattle", "WA", "98101", "U.S."),
    ("Boston", "MA", "02108", "U.S."),
    ("Chicago", "IL", "60601", "U.S."),
    ("Denver", "CO", "80202", "U.S."),
    ("Toronto", "ON", "M5H 2N2", "Canada"),
    ("Hamburg", "HH", "20095", "Germany"),
    ("Vienna", "W", "1010", "Austria"),
    ("Lyon", "ARA", "69001", "France"),
    ("Madrid", "MD", "28001", "Spain"),
    ("Oslo", "OS", "0150", "Norway"),
    ("Singapore", "SG", "049315", "Singapore"),
    ("Sydney", "NSW", "2000", "Australia"),
    ("Osaka", "OS", "530-0001", "Japan"),
    ("Auckland", "AUK", "1010", "New Zealand"),
)
STREETS = ("Main Street", "Market Street", "Station Road", "Harbour Way", "Mill Lane", "Park Avenue", "King Street", "Elm Road")
JOB_TITLES = (
    "Purchasing Manager",
    "Purchasing Assistant",
    "Owner",
    "Operations Manager",
    "IT Manager",
    "Head of Finance",
    "Plant Manager",
    "Office Manager",
    "Engineer",
    "Assistant",
)
DEPARTMENTS = ("Purchasing", "Finance", "Operations", "IT", "Sales", "Production", "Administration")
PRODUCTS = (
    "pumps",
    "sensors",
    "maintenance contract",
    "spare parts",
    "control units",
    "licences",
    "training",
    "compressors",
    "valves",
    "service plan",
    "display panels",
    "storage racks",
)
DEAL_WORDS = ("New order of", "Renewal of", "Interested in", "Upgrade of", "Replacement of", "Quote for", "Extension of")
CASE_TITLES = (
    "Item defective on delivery",
    "Wrong part shipped",
    "Invoice does not match order",
    "Unit does not start",
    "Error shown on display",
    "Asks for delivery date",
    "Noise during operation",
    "Needs a manual",
    "Warranty question",
    "Service visit requested",
    "Cannot sign in to portal",
    "Leak at the valve",
)
TASK_SUBJECTS = ("Prepare offer", "Send brochure", "Check credit limit", "Follow up on quote", "Order spare part", "Update contract")
CALL_SUBJECTS = ("Call about delivery", "Discuss requirements", "Return call", "Ask for feedback", "Clarify open points")
MEETING_SUBJECTS = ("Site visit", "Product demonstration", "Review meeting", "Contract negotiation", "Kick-off")
MAIL_SUBJECTS = ("Your enquiry", "Quote attached", "Re: delivery date", "Re: open invoice", "Documents as requested")
NOTE_SUBJECTS = ("Call summary", "Visit report", "Agreed terms", "Background", "Escalation history")
SENTENCES = (
    "Customer asked for a reply before the end of the week.",
    "Spoke with the purchasing department; they need two more days.",
    "Part has been ordered and will arrive at the warehouse on Monday.",
    "The unit was replaced last year and has run without trouble since.",
    "Price is agreed, delivery terms are still open.",
    "They compare us with one other supplier.",
    "Please keep the account manager informed of every step.",
    "The technician confirmed the fault on site.",
    "Previous correspondence is attached to the account.",
    "No further action is needed from the customer.",
)
